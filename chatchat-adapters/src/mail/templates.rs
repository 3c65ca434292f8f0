//! The words of every mail, in one place.

use chatchat_domain::account::{CODE_LIFETIME, CodePurpose, EmailCode};
use chatchat_domain::ports::Mail;

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The receiver's address.
    pub to: String,
    /// The subject, one line.
    pub subject: &'static str,
    parts: Vec<Part>,
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    /// What is to be seen at once, and copied.
    Code(String),
}

impl Letter {
    /// As plain text.
    pub fn text(&self) -> String {
        let paragraphs = self.parts.iter().map(|part| match part {
            Part::Words(words) => words.clone(),
            Part::Code(code) => format!("    {code}"),
        });
        format!("{}\n", paragraphs.collect::<Vec<_>>().join("\n\n"))
    }

    /// As a page that needs nothing from anywhere else.
    pub fn html(&self) -> String {
        let paragraphs = self.parts.iter().map(|part| match part {
            Part::Words(words) => format!("<p>{}</p>\n", escape(words)),
            Part::Code(code) => format!("<p style=\"{CODE_STYLE}\">{}</p>\n", escape(code)),
        });
        let (subject, paragraphs) = (escape(self.subject), paragraphs.collect::<String>());
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{subject}</title></head>\n\
             <body style=\"{BODY_STYLE}\">\n{paragraphs}</body>\n</html>\n"
        )
    }
}

/// Mail readers heed little more than styles in place.
const BODY_STYLE: &str = "font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem";
const CODE_STYLE: &str = "font-size:28px;font-weight:bold;letter-spacing:4px";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Puts the mail in words.
pub fn letter(mail: &Mail) -> Letter {
    match mail {
        Mail::Code { to, purpose, code } => Letter {
            to: to.as_str().to_owned(),
            subject: subject_of(*purpose),
            parts: code_parts(*purpose, code),
        },
        Mail::AlreadyRegistered { to } => Letter {
            to: to.as_str().to_owned(),
            subject: "You already have a chatchat account",
            parts: vec![
                words("Hello,"),
                words(
                    "somebody, probably you, tried to register with this address. It already has an account: \
                     log in with your password, or reset it if you have forgotten it.",
                ),
                words("If it was not you, there is nothing to do."),
            ],
        },
    }
}

fn words(text: &str) -> Part {
    Part::Words(text.to_owned())
}

const fn subject_of(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::Register => "Welcome to chatchat: your code",
        CodePurpose::ResetPassword => "Your chatchat code to set a new password",
        CodePurpose::BindEmail => "Your chatchat code to confirm your address",
    }
}

fn code_parts(purpose: CodePurpose, code: &EmailCode) -> Vec<Part> {
    let aim = match purpose {
        CodePurpose::Register => "finish your registration",
        CodePurpose::ResetPassword => "set a new password",
        CodePurpose::BindEmail => "confirm that this address is yours",
    };
    let minutes = CODE_LIFETIME.as_secs() / 60;
    vec![
        words("Hello,"),
        words(&format!("with this code you can {aim}:")),
        Part::Code(code.expose().to_owned()),
        words(&format!(
            "It is good for {minutes} minutes and works once. Nobody from chatchat will ever ask you for it."
        )),
        words("If you did not ask for it, there is nothing to do."),
    ]
}

#[cfg(test)]
mod tests {
    use chatchat_domain::account::EmailAddress;

    use super::*;

    fn ann() -> EmailAddress {
        EmailAddress::new("Ann@example.com").unwrap()
    }

    #[test]
    fn a_code_comes_with_how_long_it_is_good_for() {
        for purpose in [CodePurpose::Register, CodePurpose::ResetPassword, CodePurpose::BindEmail] {
            let letter = letter(&Mail::Code { to: ann(), purpose, code: EmailCode::typed("012345") });
            assert_eq!(letter.to, "Ann@example.com");
            for words in [letter.text(), letter.html()] {
                assert!(words.contains("012345") && words.contains("2 minutes"), "{words}");
            }
            assert!(!letter.subject.contains("012345"), "screens show subjects to anybody");
        }
    }

    #[test]
    fn who_has_an_account_is_told_without_a_code() {
        let letter = letter(&Mail::AlreadyRegistered { to: ann() });
        assert!(letter.text().contains("already has an account"));
        assert!(!letter.text().chars().any(|c| c.is_ascii_digit()));
    }

    #[test]
    fn markup_is_words_too_and_nothing_is_fetched() {
        let code = EmailCode::typed("<b>\"&");
        let letter = letter(&Mail::Code { to: ann(), purpose: CodePurpose::Register, code });
        let html = letter.html();
        assert!(html.contains("&lt;b&gt;&quot;&amp;") && !html.contains("<b>"), "{html}");
        assert!(!html.contains("http") && !html.contains("src="), "{html}");
    }
}
