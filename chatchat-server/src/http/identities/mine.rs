use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chatchat_domain::page::Page;
use serde::Deserialize;

use super::super::State;
use super::super::body::Body;
use super::super::extract::{Caller, Id};
use super::super::work::detached;
use super::outcome::browser;
use crate::input::required;
use crate::problem::Problem;
use crate::view::{self, IdentityView};

/// `GET /me/identities`
pub(super) async fn list(state: Data<State>, Caller(caller): Caller) -> Result<HttpResponse, Problem> {
    let all = Page { items: state.app.identities().list(caller).await?, next: None };
    Ok(HttpResponse::Ok().json(view::list(&all, IdentityView::from)))
}

#[derive(Deserialize)]
pub(super) struct Bind {
    login_code: Option<String>,
}

/// `POST /me/identities`
pub(super) async fn bind(
    state: Data<State>,
    request: HttpRequest,
    Caller(caller): Caller,
    Body(body): Body<Bind>,
) -> Result<HttpResponse, Problem> {
    let login_code = required("login_code", body.login_code)?;
    let (app, browser) = (state.app(), browser(&state, &request));
    let bound = detached(async move { app.identities().bind(caller, &login_code, browser.as_ref()).await });
    Ok(HttpResponse::Created().json(IdentityView::from(&bound.await?)))
}

/// `DELETE /me/identities/{provider}`
pub(super) async fn unbind(
    state: Data<State>,
    Caller(caller): Caller,
    Id(provider): Id<String>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.identities().unbind(caller, &provider).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
