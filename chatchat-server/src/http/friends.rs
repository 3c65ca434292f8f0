//! Friend requests and friendships.

use actix_web::{HttpResponse, web};
use chatchat_domain::friend::{Answer, Asked, Direction, Invitee, Note, Remark};
use chatchat_domain::{FriendRequestId, UserId, Violation};
use serde::Deserialize;

use super::State;
use super::body::Body;
use super::extract::{Caller, Id, Page, Query};
use super::work::detached;
use crate::input::{All as _, Checked, id, nullable};
use crate::problem::Problem;
use crate::view;

#[derive(Deserialize)]
pub(super) struct Ask {
    user_id: Option<String>,
    email: Option<String>,
    note: Option<String>,
}

/// `POST /friend-requests`
pub(super) async fn ask(
    state: web::Data<State>,
    Caller(caller): Caller,
    Body(body): Body<Ask>,
) -> Result<HttpResponse, Problem> {
    let note = Note::new(body.note.as_deref().unwrap_or_default());
    let (invitee, note) = match (body.user_id, body.email) {
        (Some(user), None) => (Invitee::User(id(&user)?), note?),
        (None, email) => {
            let (email, note) = (super::accounts::email(email), note).all()?;
            (Invitee::Email(email), note)
        }
        (Some(_), Some(_)) => {
            return Err(Violation::new("email", "ambiguous", "must not stand beside user_id").into());
        }
    };
    let app = state.app();
    let asked = detached(async move { app.friends().ask(caller, invitee, note).await }).await?;
    let (mut answer, request) = match &asked {
        Asked::Made(request) => (HttpResponse::Created(), request),
        Asked::Pending(request) => (HttpResponse::Ok(), request),
    };
    Ok(answer.json(state.urls.friend_request(request)))
}

#[derive(Deserialize)]
pub(super) struct Pending {
    direction: Option<String>,
}

/// `GET /friend-requests?direction=`: those from others unless it says otherwise.
pub(super) async fn pending(
    state: web::Data<State>,
    Caller(caller): Caller,
    Query(query): Query<Pending>,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let direction = query.direction.as_deref().map_or(Ok(Direction::Incoming), Direction::parse)?;
    let requests = state.app.friends().pending(caller, direction, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&requests, |request| state.urls.friend_request(request))))
}

/// `POST /friend-requests/{id}/accept`
pub(super) async fn accept(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(request): Id<FriendRequestId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let friend = detached(async move { app.friends().accept(caller, request).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.friend(&friend)))
}

/// `POST /friend-requests/{id}/decline`
pub(super) async fn decline(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(request): Id<FriendRequestId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    let declined =
        detached(async move { app.friends().answer(caller, request, Answer::Decline).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.friend_request(&declined)))
}

/// `DELETE /friend-requests/{id}`
pub(super) async fn cancel(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(request): Id<FriendRequestId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.friends().answer(caller, request, Answer::Cancel).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /friends`
pub(super) async fn list(
    state: web::Data<State>,
    Caller(caller): Caller,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let friends = state.app.friends().list(caller, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&friends, |friend| state.urls.friend(friend))))
}

#[derive(Deserialize)]
pub(super) struct SetRemark {
    /// Null or nothing but space takes it back.
    #[serde(default, deserialize_with = "nullable")]
    remark: Option<Option<String>>,
}

/// `PATCH /friends/{id}`
pub(super) async fn set_remark(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(friend): Id<UserId>,
    Body(body): Body<SetRemark>,
) -> Result<HttpResponse, Problem> {
    let change = body.remark.map(remark).transpose()?;
    let app = state.app();
    let friend = detached(async move { app.friends().set_remark(caller, friend, change).await }).await?;
    Ok(HttpResponse::Ok().json(state.urls.friend(&friend)))
}

fn remark(text: Option<String>) -> Checked<Option<Remark>> {
    text.filter(|text| !text.trim().is_empty()).as_deref().map(Remark::new).transpose()
}

/// `DELETE /friends/{id}`
pub(super) async fn unfriend(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(friend): Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.friends().unfriend(caller, friend).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /blocks`
pub(super) async fn blocks(
    state: web::Data<State>,
    Caller(caller): Caller,
    Page(page): Page,
) -> Result<HttpResponse, Problem> {
    let blocked = state.app.friends().blocks(caller, page).await?;
    Ok(HttpResponse::Ok().json(view::list(&blocked, |user| state.urls.user(user))))
}

/// `PUT /blocks/{user_id}`
pub(super) async fn block(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(other): Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.friends().block(caller, other).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `DELETE /blocks/{user_id}`
pub(super) async fn unblock(
    state: web::Data<State>,
    Caller(caller): Caller,
    Id(other): Id<UserId>,
) -> Result<HttpResponse, Problem> {
    let app = state.app();
    detached(async move { app.friends().unblock(caller, other).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
