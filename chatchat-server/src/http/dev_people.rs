//! What helps who sits at the same machine: whom a demo lets them be, and whether the mail is at `/dev/mail`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::State;
use super::local::only_from_here;
use crate::demo;

/// `GET /dev/people.json`. Where there is no demo, there is nobody: each page asks, and browsers tell their users of what
/// is not found.
pub(super) async fn json(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let is_here = only_from_here(&request).is_ok();
    let people = if is_here { state.demo_people } else { &[] };
    let shows_mail = is_here && state.stack.mailbox.is_some();
    let person = |person: &demo::DemoPerson| json!({ "name": person.name, "email": person.email, "password": demo::PASSWORD });
    HttpResponse::Ok()
        .json(json!({ "items": people.iter().map(person).collect::<Vec<_>>(), "mail": shows_mail }))
}
