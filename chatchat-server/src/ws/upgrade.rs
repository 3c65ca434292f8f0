//! From an HTTP request to a socket; who may connect.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chatchat_domain::session::Caller;
use chatchat_domain::{Error, Refusal};

use super::connection;
use super::hub::Hub;
use super::protocol::{MAX_FRAME, SUBPROTOCOL};
use crate::http::ClientIp;
use crate::problem::{self, Problem};
use crate::traffic::Class;

/// `GET /api/v1/ws`.
///
/// # Errors
/// `origin_not_allowed`; `unauthenticated` for a token that is not good; `malformed_request` for a request that
/// is no WebSocket handshake; `unavailable` when the node goes away; `rate_limited`.
pub(crate) async fn upgrade(
    request: HttpRequest,
    body: web::Payload,
    hub: web::Data<Hub>,
    ClientIp(address): ClientIp,
) -> Result<HttpResponse, Problem> {
    let hub = hub.into_inner();
    if hub.is_draining() {
        return Err(Error::Unavailable("going away".to_owned()).into());
    }
    hub.settings().origins.check(&request)?;
    let caller = caller(&request, &hub).await?;
    let (response, session, incoming) = actix_ws::handle_with_protocols(&request, body, &[SUBPROTOCOL])
        .map_err(|error| Problem::new(problem::MALFORMED_REQUEST, error.to_string()))?;
    let incoming =
        incoming.max_frame_size(MAX_FRAME).aggregate_continuations().max_continuation_size(MAX_FRAME);
    actix_web::rt::spawn(connection::run(hub, session, incoming, caller, address));
    Ok(response)
}

/// Who connects, if the request says so.
async fn caller(request: &HttpRequest, hub: &Hub) -> Result<Option<Caller>, Problem> {
    let Some(authorization) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let token = authorization.to_str().ok().and_then(|value| value.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            let caller = hub.app().sessions().authenticate(token.trim()).await?;
            hub.traffic().check_account(Class::Read, caller.user).await?;
            Ok(Some(caller))
        }
        _ => Err(Refusal::Unauthenticated.into()),
    }
}
