use crate::account::User;
use crate::error::Violation;
use crate::id::{GroupId, UserId};
use crate::ports::ObjectKey;
use crate::text;
use crate::time::Timestamp;

/// What a group is called: 1 to 64 characters, not unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupName(String);

impl GroupName {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 64;

    /// A name.
    ///
    /// # Errors
    /// A violation of `name` unless it has 1 to 64 characters and no control character.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::name(text, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("name"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a group is about: up to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description(String);

impl Description {
    /// The longest one, in characters.
    pub const MAX_CHARS: usize = 500;

    /// A description, perhaps empty.
    ///
    /// # Errors
    /// A violation of `description` over 500 characters.
    pub fn new(text: &str) -> Result<Self, Violation> {
        text::prose(text, Self::MAX_CHARS).map(Self).map_err(|violation| violation.of("description"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident of $field:literal { $($(#[$variant_doc:meta])* $variant:ident $text:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one with this name.
            ///
            /// # Errors
            /// A violation of the field when there is none.
            pub fn parse(text: &str) -> Result<Self, Violation> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text).ok_or_else(|| {
                    Violation::new($field, "unknown_value", concat!("must be one of:" $(, " ", $text)*))
                })
            }
        }
    };
}

named! {
    /// What a member is in a group.
    Role of "role" {
        /// May do anything; there is exactly one.
        Owner "owner"
        /// Keeps order.
        Admin "admin"
        /// Takes part.
        Member "member"
    }
}

named! {
    /// How one gets in.
    JoinPolicy of "join_policy" {
        /// Whoever wants.
        Open "open"
        /// Whom the owner or an admin lets in, or adds.
        Approval "approval"
        /// Whom the owner or an admin adds.
        Invite "invite"
    }
}

named! {
    /// What a new member may read.
    History of "history" {
        /// What comes after they have joined.
        SinceJoin "since_join"
        /// All there is.
        All "all"
    }
}

/// A group, the same for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which one.
    pub id: GroupId,
    /// What it is called.
    pub name: GroupName,
    /// What it is about.
    pub description: Description,
    /// Its picture, if it has one.
    pub avatar: Option<ObjectKey>,
    /// Whose it is.
    pub owner: UserId,
    /// How one gets in.
    pub join_policy: JoinPolicy,
    /// What a new member may read.
    pub history: History,
    /// How many are in.
    pub member_count: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A group as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// What they are in it, if they are in it.
    pub my_role: Option<Role>,
}

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub user: User,
    /// What they are in it.
    pub role: Role,
    /// Until when they may not write, should they have been muted.
    pub muted_until: Option<Timestamp>,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What changes of a member; what is absent stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemberChange {
    /// What they are from now on: an admin, or a member.
    pub role: Option<Role>,
    /// Until when they may not write; no longer, if that is nothing or past.
    pub muted_until: Option<Option<Timestamp>>,
}

/// A group to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its id.
    pub id: GroupId,
    /// Whose it will be.
    pub owner: UserId,
    /// What it is called.
    pub name: GroupName,
    /// What it is about.
    pub description: Description,
    /// How one gets in.
    pub join_policy: JoinPolicy,
    /// What a new member may read.
    pub history: History,
    /// Who is in from the beginning, besides the owner: distinct, without the owner.
    pub members: Vec<UserId>,
    /// The moment.
    pub now: Timestamp,
}

/// What changes in a group; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupChange {
    /// The new name.
    pub name: Option<GroupName>,
    /// The new description.
    pub description: Option<Description>,
    /// The new way to get in.
    pub join_policy: Option<JoinPolicy>,
    /// What members who come from now on may read.
    pub history: Option<History>,
    /// The new picture, or none.
    pub avatar: Option<Option<ObjectKey>>,
}
