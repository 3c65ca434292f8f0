use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::super::body::Raw;
use super::parameters::Parameters;
use super::{State, answer, provider};
use crate::problem::Problem;

/// `POST /oauth/revoke`
pub(super) async fn revoke(
    state: Data<State>,
    request: HttpRequest,
    Raw(body): Raw,
) -> Result<HttpResponse, Problem> {
    let provider = provider(&state)?;
    let revoked = async {
        let mut parameters = Parameters::of_form(&request, &body)?;
        let client = parameters.take_client(&request)?;
        let token = parameters.require("token", "token is missing")?;
        provider.revoke(&client, &token).await
    };
    Ok(revoked.await.map_or_else(answer::refusal, |()| HttpResponse::Ok().finish()))
}
