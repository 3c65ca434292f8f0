use chatchat_domain::account::{EmailAddress, UserName};
use chatchat_domain::identity::{Claims, ExternalSubject};
use serde_json::Value;
use url::Url;

use super::ClaimsMapping;
use super::fault::{Fault, wrong};
use super::http::Http;

/// Whom the access token speaks of, as the endpoint says.
pub(super) async fn ask(
    http: &Http,
    endpoint: &Url,
    access_token: &str,
    mapping: &ClaimsMapping,
) -> Result<Claims, Fault> {
    read(&http.get(endpoint, Some(access_token)).await?, mapping)
}

fn read(answer: &Value, mapping: &ClaimsMapping) -> Result<Claims, Fault> {
    let subject = find(answer, &mapping.subject).ok_or(wrong("userinfo does not say who it is"))?;
    Ok(Claims {
        subject: ExternalSubject::new(&subject).map_err(|violation| wrong(violation.to_string()))?,
        name: find(answer, &mapping.name).and_then(|name| UserName::new(&name).ok()),
        email: find(answer, &mapping.email).and_then(|email| EmailAddress::new(&email).ok()),
    })
}

/// The first of the paths that leads to a text that is not empty, or a whole number.
fn find(answer: &Value, paths: &[String]) -> Option<String> {
    paths.iter().find_map(|path| {
        let found = path.split('.').try_fold(answer, |value, name| value.get(name))?;
        match found {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping(subject: &str, name: &str) -> ClaimsMapping {
        let paths = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        ClaimsMapping { subject: paths(subject), name: paths(name), email: paths("email") }
    }

    #[test]
    fn a_mapping_finds_what_is_there() {
        let answer =
            json!({ "id": 583231, "name": null, "login": "octocat", "email": "", "data": { "id": "u7" } });
        let claims = read(&answer, &mapping("id", "name login")).unwrap();
        assert_eq!((claims.subject.as_str(), claims.name.unwrap().as_str()), ("583231", "octocat"));
        assert_eq!(claims.email, None);
        assert_eq!(read(&answer, &mapping("data.id", "name")).unwrap().subject.as_str(), "u7");
    }

    #[test]
    fn who_it_is_must_be_said_in_so_many_words() {
        for subject in [json!(null), json!(""), json!(1.5), json!(true), json!({}), json!([1]), json!("a\nb")]
        {
            assert!(read(&json!({ "id": subject }), &mapping("id", "name")).is_err(), "{subject}");
        }
        assert!(read(&json!([]), &mapping("id", "name")).is_err());
    }

    #[test]
    fn what_is_no_name_here_is_no_suggestion() {
        let claims =
            read(&json!({ "id": 1, "name": "a".repeat(65), "email": "ann" }), &mapping("id", "name"))
                .unwrap();
        assert_eq!((claims.name, claims.email), (None, None));
    }
}
