use std::future::ready;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, web};

use super::govern::govern;
use crate::problem::Problem;
use crate::traffic::Class;

/// A path, and the methods that are known there. Any other method is answered with 405 and `Allow`.
pub(super) struct Endpoint {
    path: &'static str,
    resource: Resource,
    allow: Vec<Method>,
    class: Option<Class>,
}

/// Where a request has come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Below `/api/v1`, or from the root.
    pub(super) path: &'static str,
    pub(super) class: Class,
}

/// The path; `{name}` stands for one segment.
pub(super) fn at(path: &'static str) -> Endpoint {
    Endpoint { path, resource: web::resource(path), allow: Vec::new(), class: None }
}

macro_rules! methods {
    ($($name:ident $method:ident)*) => {$(
        pub(super) fn $name<F, Args>(self, handler: F) -> Self
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            self.route(Method::$method, handler)
        }
    )*};
}

impl Endpoint {
    /// What the methods that follow are, of all traffic. Unless it is said, reading is reading and writing is changing.
    pub(super) fn class(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    methods! { post POST put PUT patch PATCH delete DELETE }

    /// HEAD comes with GET (RFC 9110, section 9.1).
    pub(super) fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.route(Method::GET, handler.clone()).route(Method::HEAD, handler)
    }

    fn route<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let usual = if method.is_safe() { Class::Read } else { Class::Change };
        let class = self.class.unwrap_or(usual);
        let route = Route { method: name_of(&method), path: self.path, class };
        let govern = from_fn(move |request, next| govern(route, request, next));
        self.resource = self.resource.route(web::method(method.clone()).to(handler).wrap(govern));
        self.allow.push(method);
        self
    }

    /// Each of its methods with its path below `root`, such as `GET /me`.
    #[cfg(test)]
    pub(super) fn names(&self, root: &str) -> Vec<String> {
        self.allow.iter().map(|method| format!("{method} {root}{}", self.path)).collect()
    }
}

/// The name of one of the methods above.
fn name_of(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "-",
    }
}

impl HttpServiceFactory for Endpoint {
    fn register(self, config: &mut AppService) {
        let allow = self.allow.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let refuse = move || ready(Err::<HttpResponse, _>(Problem::method_not_allowed(allow.clone())));
        self.resource.default_service(web::to(refuse)).register(config);
    }
}
