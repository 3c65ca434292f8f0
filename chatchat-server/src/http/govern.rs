//! Around every handler: whether there is room, and whether the address has not come too often.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};

use super::endpoint::Route;
use super::extract::{ClientIp, state};
use crate::problem::Problem;
use crate::traffic::{Admitted, Class};

/// Lets a request of this class through to its handler, or answers in its place.
pub(super) async fn govern(
    route: Route,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(route);
    match let_through(route.class, &request).await {
        Ok(_admitted) => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Err(problem) => Ok(request.error_response(problem)),
    }
}

async fn let_through(class: Class, request: &ServiceRequest) -> Result<Option<Admitted>, Problem> {
    // What knows no state is a test of the routes alone.
    let Ok(state) = state(request.request()) else { return Ok(None) };
    let ClientIp(address) = ClientIp::of(request.request())?;
    state.traffic.check_address(class, address).await?;
    state.traffic.admit_from(class, address).map(Some)
}
