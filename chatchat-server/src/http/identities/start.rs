use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::{Error, Refusal};
use serde::Deserialize;

use super::super::State;
use super::super::extract::{Id, Query};
use super::super::work::detached;
use super::back_to;
use crate::problem::Problem;

#[derive(Deserialize)]
pub(super) struct Start {
    return_to: Option<String>,
}

/// `GET /auth/providers/{provider}/start`: what goes wrong at the provider is told to the page that has sent the browser.
pub(super) async fn start(
    state: Data<State>,
    request: HttpRequest,
    Id(provider): Id<String>,
    Query(query): Query<Start>,
) -> Result<HttpResponse, Problem> {
    let identities = state.app.identities();
    let return_to = identities.return_to(query.return_to.as_deref().unwrap_or("/"))?;
    let known = state.browsers.read(&request, identities);
    let browser = known.map_or_else(|| identities.new_browser(), |browser| browser.secret);
    let cookie = state.browsers.write(&browser, &return_to);
    let (app, place) = (state.app(), return_to.clone());
    let started = detached(async move {
        match app.identities().start(&provider, place, &browser).await {
            Err(Error::Refused(Refusal::NotFound)) => Err(Refusal::NotFound.into()),
            started => Ok(started.map_err(Problem::from)),
        }
    });
    let mut response = match started.await? {
        Ok(url) => HttpResponse::SeeOther().insert_header((header::LOCATION, url)).finish(),
        Err(problem) => back_to(Some(&return_to), "error", problem.code()),
    };
    let set = response.add_cookie(&cookie);
    set.map_err(|error| Error::Internal(format!("the cookie: {error}")))?;
    Ok(response)
}
