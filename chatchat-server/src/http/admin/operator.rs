use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chatchat_domain::{Refusal, admin};
use futures_util::future::LocalBoxFuture;

use crate::http::extract::{ClientIp, bearer_token, state};
use crate::problem::Problem;
use crate::traffic::Class;

/// Whoever presents a good operator token. Those who present anything else can do so only so often.
pub(super) struct Operator(pub(super) admin::Operator);

impl FromRequest for Operator {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state(&request)?;
            let token = bearer_token(&request).unwrap_or_default();
            match state.stack.operators.verify(token, state.app.now()) {
                Ok(operator) => Ok(Self(operator)),
                Err(_) => {
                    let ClientIp(address) = ClientIp::of(&request)?;
                    state.traffic.check_address(Class::LogIn, address).await?;
                    Err(Refusal::Unauthenticated.into())
                }
            }
        })
    }
}
