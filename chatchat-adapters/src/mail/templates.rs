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
    /// The text.
    pub text: String,
}

/// Puts the mail in words.
pub fn letter(mail: &Mail) -> Letter {
    match mail {
        Mail::Code { to, purpose, code } => Letter {
            to: to.as_str().to_owned(),
            subject: subject_of(*purpose),
            text: code_text(*purpose, code),
        },
        Mail::AlreadyRegistered { to } => Letter {
            to: to.as_str().to_owned(),
            subject: "You already have a chatchat account",
            text: "Hello,\n\n\
                   somebody, probably you, tried to register with this address. It already has an account: \
                   log in with your password, or reset it if you have forgotten it.\n\n\
                   If it was not you, there is nothing to do.\n"
                .to_owned(),
        },
    }
}

const fn subject_of(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::Register => "Welcome to chatchat: your code",
        CodePurpose::ResetPassword => "Your chatchat code to set a new password",
        CodePurpose::BindEmail => "Your chatchat code to confirm your address",
    }
}

fn code_text(purpose: CodePurpose, code: &EmailCode) -> String {
    let aim = match purpose {
        CodePurpose::Register => "finish your registration",
        CodePurpose::ResetPassword => "set a new password",
        CodePurpose::BindEmail => "confirm that this address is yours",
    };
    format!(
        "Hello,\n\n\
         with this code you can {aim}:\n\n    {}\n\n\
         It is good for {} minutes and works once. Nobody from chatchat will ever ask you for it.\n\n\
         If you did not ask for it, there is nothing to do.\n",
        code.expose(),
        CODE_LIFETIME.as_secs() / 60,
    )
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
            assert!(letter.text.contains("012345") && letter.text.contains("2 minutes"));
            assert!(!letter.subject.contains("012345"), "screens show subjects to anybody");
        }
    }

    #[test]
    fn who_has_an_account_is_told_without_a_code() {
        let letter = letter(&Mail::AlreadyRegistered { to: ann() });
        assert!(letter.text.contains("already has an account"));
        assert!(!letter.text.chars().any(|c| c.is_ascii_digit()));
    }
}
