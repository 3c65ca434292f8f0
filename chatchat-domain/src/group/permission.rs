use crate::error::Refusal;
use crate::group::Role;

/// What a role may or may not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// To see who is in.
    SeeMembers,
    /// To change name, description and policies.
    Change,
    /// To add one's friends.
    Add,
    /// To see who wants in, and to let them in or not.
    Approve,
    /// To make somebody an admin, or a member again.
    SetRoles,
    /// To make somebody else the owner.
    Transfer,
    /// To delete the group.
    Delete,
    /// To leave the group.
    Leave,
}

/// Who may do what: a row for each permission, the verdicts for owner, admin and member.
const TABLE: [(Permission, [Result<(), Refusal>; 3]); 8] = {
    const YES: Result<(), Refusal> = Ok(());
    const FORBIDDEN: Result<(), Refusal> = Err(Refusal::Forbidden);
    const NOT_OWNER: Result<(), Refusal> = Err(Refusal::NotOwner);
    const STAYS: Result<(), Refusal> = Err(Refusal::OwnerCannotLeave);
    [
        (Permission::SeeMembers, [YES, YES, YES]),
        (Permission::Change, [YES, YES, FORBIDDEN]),
        (Permission::Add, [YES, YES, FORBIDDEN]),
        (Permission::Approve, [YES, YES, FORBIDDEN]),
        (Permission::SetRoles, [YES, NOT_OWNER, NOT_OWNER]),
        (Permission::Transfer, [YES, NOT_OWNER, NOT_OWNER]),
        (Permission::Delete, [YES, NOT_OWNER, NOT_OWNER]),
        (Permission::Leave, [STAYS, YES, YES]),
    ]
};

impl Permission {
    /// Whether somebody with this role (none: not a member) may do it.
    ///
    /// # Errors
    /// The refusal that the contract names; [`Refusal::NotFound`] for who is not a member.
    pub fn check(self, role: Option<Role>) -> Result<(), Refusal> {
        let column = match role.ok_or(Refusal::NotFound)? {
            Role::Owner => 0,
            Role::Admin => 1,
            Role::Member => 2,
        };
        TABLE
            .iter()
            .find(|(permission, _)| *permission == self)
            .and_then(|(_, row)| row.get(column).copied())
            .unwrap_or(Err(Refusal::Forbidden))
    }
}

/// Whether somebody with the role `one` may remove or mute a member with the role `other`: the owner anyone else, an
/// admin members only.
///
/// # Errors
/// [`Refusal::NotFound`] when either is not a member, otherwise [`Refusal::Forbidden`].
pub fn outranks(one: Option<Role>, other: Option<Role>) -> Result<(), Refusal> {
    match (one.ok_or(Refusal::NotFound)?, other) {
        (Role::Member, _) => Err(Refusal::Forbidden),
        (_, None) => Err(Refusal::NotFound),
        (Role::Owner, Some(Role::Admin | Role::Member)) | (Role::Admin, Some(Role::Member)) => Ok(()),
        (Role::Owner | Role::Admin, Some(_)) => Err(Refusal::Forbidden),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_table_is_as_the_contract_has_it() {
        use Permission::{Add, Approve, Change, Delete, Leave, SeeMembers, SetRoles, Transfer};
        use Refusal::{Forbidden, NotFound, NotOwner, OwnerCannotLeave};
        let (owner, admin, member, nobody) = (Some(Role::Owner), Some(Role::Admin), Some(Role::Member), None);
        for (permission, role, verdict) in [
            (SeeMembers, owner, Ok(())),
            (SeeMembers, admin, Ok(())),
            (SeeMembers, member, Ok(())),
            (SeeMembers, nobody, Err(NotFound)),
            (Change, owner, Ok(())),
            (Change, admin, Ok(())),
            (Change, member, Err(Forbidden)),
            (Change, nobody, Err(NotFound)),
            (Add, owner, Ok(())),
            (Add, admin, Ok(())),
            (Add, member, Err(Forbidden)),
            (Add, nobody, Err(NotFound)),
            (Approve, owner, Ok(())),
            (Approve, admin, Ok(())),
            (Approve, member, Err(Forbidden)),
            (Approve, nobody, Err(NotFound)),
            (SetRoles, owner, Ok(())),
            (SetRoles, admin, Err(NotOwner)),
            (SetRoles, member, Err(NotOwner)),
            (SetRoles, nobody, Err(NotFound)),
            (Transfer, owner, Ok(())),
            (Transfer, admin, Err(NotOwner)),
            (Transfer, member, Err(NotOwner)),
            (Transfer, nobody, Err(NotFound)),
            (Delete, owner, Ok(())),
            (Delete, admin, Err(NotOwner)),
            (Delete, member, Err(NotOwner)),
            (Delete, nobody, Err(NotFound)),
            (Leave, owner, Err(OwnerCannotLeave)),
            (Leave, admin, Ok(())),
            (Leave, member, Ok(())),
            (Leave, nobody, Err(NotFound)),
        ] {
            assert_eq!(permission.check(role), verdict, "{permission:?} by {role:?}");
        }
    }

    #[test]
    fn whom_one_may_kick_or_mute_one_outranks() {
        let roles = [Some(Role::Owner), Some(Role::Admin), Some(Role::Member), None];
        let (ok, forbidden, unknown) = (Ok(()), Err(Refusal::Forbidden), Err(Refusal::NotFound));
        let expected = [
            [forbidden, ok, ok, unknown],
            [forbidden, forbidden, ok, unknown],
            [forbidden, forbidden, forbidden, forbidden],
            [unknown, unknown, unknown, unknown],
        ];
        for (one, row) in roles.into_iter().zip(expected) {
            for (other, verdict) in roles.into_iter().zip(row) {
                assert_eq!(outranks(one, other), verdict, "{one:?} over {other:?}");
            }
        }
    }
}
