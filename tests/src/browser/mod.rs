//! The web client in real browsers, as people use it: what they see and press, and nothing else. A file for each kind of
//! promise.
//!
//! | file | holds |
//! | --- | --- |
//! | `screen` | a browser, and what one does with it |
//! | `line` | a network between a browser and a server, that can be cut |
//! | `talking` | people who talk with each other |
//! | `messages` | what becomes of messages |
//! | `faults` | what is lost, and comes back |
//! | `logins` | ways in |
//! | `safety` | text that would like to be more than that |
//! | `looks` | whether everybody can use it |
//! | `large` | more than fits on a screen |
//! | `pictures` | how it looks, for the README |

mod faults;
mod large;
mod line;
mod logins;
mod looks;
mod messages;
mod pictures;
mod safety;
mod screen;
mod talking;
