use actix_web::HttpResponse;
use actix_web::web::Data;
use chatchat_domain::provider::{GrantType, Scope};
use serde_json::json;

use super::{State, provider};
use crate::problem::Problem;

/// `GET /.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`
pub(super) async fn metadata(state: Data<State>) -> Result<HttpResponse, Problem> {
    provider(&state)?;
    let issuer = state.urls.public_url();
    let at = |path: &str| format!("{issuer}/oauth/{path}");
    let grants = [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::Password];
    let with_secret = ["client_secret_basic", "client_secret_post"];
    Ok(HttpResponse::Ok().json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "revocation_endpoint": at("revoke"),
        "introspection_endpoint": at("introspect"),
        "jwks_uri": at("jwks.json"),
        "scopes_supported": Scope::KNOWN,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grants.map(GrantType::as_str),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint_auth_methods_supported": with_secret,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "name", "preferred_username", "email", "email_verified"],
    })))
}

/// `GET /oauth/jwks.json`
pub(super) async fn jwks(state: Data<State>) -> Result<HttpResponse, Problem> {
    provider(&state)?;
    Ok(HttpResponse::Ok().json(state.stack.id_tokens.jwks()))
}
