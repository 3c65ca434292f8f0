//! Lists of groups and of their members.

use chatchat_domain::group::{GroupView, JoinPolicy, Member};
use chatchat_domain::page::{Limit, Page};
use chatchat_domain::{Error, GroupId, UserId};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};
use diesel_async::RunQueryDsl;

use super::{Conn, views};
use crate::sql::fault::Result;
use crate::sql::keyset::{Place, Ranked, one_more};
use crate::sql::rows::{GroupRow, MemberRow, UserRow};
use crate::sql::schema::{group_terms, groups, members, users};
use crate::sql::search::{CONTAINS, EQUAL, PREFIX, Patterns};
use crate::sql::types::Id;

/// Groups with a name like this that `viewer` may find, the best matches first; all that there are without a viewer.
pub(crate) async fn search(
    conn: &mut Conn,
    viewer: Option<UserId>,
    patterns: &Patterns,
    after: Ranked,
    limit: Limit,
) -> Result<Page<GroupView>> {
    let candidates = group_terms::table
        .filter(group_terms::term.between(&patterns.first_term, &patterns.last_term))
        .select(group_terms::group_id);
    let membership = members::conversation_id
        .eq(groups::id)
        .and(members::user_id.eq(viewer.map_or(Id::LOWEST, Id::from)))
        .and(members::removed.eq(false));
    let may_be_found = members::role
        .is_not_null()
        .or(groups::join_policy.ne(JoinPolicy::Invite.as_str()))
        .or(viewer.is_none().into_sql::<Bool>());
    let rank = || {
        case_when(groups::folded_name.eq(&patterns.equal), EQUAL.into_sql::<Integer>())
            .when(groups::folded_name.like(&patterns.prefix).escape('!'), PREFIX.into_sql::<Integer>())
            .otherwise(CONTAINS.into_sql::<Integer>())
    };
    let length_and_id_follow = groups::folded_length
        .gt(after.length)
        .or(groups::folded_length.eq(after.length).and(groups::id.gt(after.id)));
    let found: Vec<(i32, GroupRow, Option<String>)> = groups::table
        .left_join(members::table.on(membership))
        .filter(groups::id.eq_any(candidates))
        .filter(groups::folded_name.like(&patterns.contains).escape('!'))
        .filter(may_be_found)
        .filter(rank().gt(after.rank).or(rank().eq(after.rank).and(length_and_id_follow)))
        .order((rank(), groups::folded_length, groups::id))
        .limit(one_more(limit))
        .select((rank(), GroupRow::as_select(), members::role.nullable()))
        .load(conn)
        .await?;
    let found = Page::cut(found, limit, |(rank, row, _)| {
        Ranked { rank: *rank, length: row.folded_length, id: row.id }.cursor()
    });
    let items = found.items.into_iter().map(|(_, row, role)| views::group_view((row, role)));
    Ok(Page { items: items.collect::<Result<_>>()?, next: found.next })
}

/// The groups that `member` is in, the newest membership first.
pub(crate) async fn of_member(
    conn: &mut Conn,
    member: UserId,
    after: Place,
    limit: Limit,
) -> Result<Page<GroupView>> {
    let rows: Vec<(i64, GroupRow, String)> = members::table
        .inner_join(groups::table.on(groups::id.eq(members::conversation_id)))
        .filter(members::user_id.eq(Id::from(member)))
        .filter(members::removed.eq(false))
        .filter(members::joined_at.le(after.at))
        .filter(members::joined_at.lt(after.at).or(members::conversation_id.lt(after.id)))
        .order((members::joined_at.desc(), members::conversation_id.desc()))
        .limit(one_more(limit))
        .select((members::joined_at, GroupRow::as_select(), members::role))
        .load(conn)
        .await?;
    let rows = Page::cut(rows, limit, |(at, row, _)| Place { at: *at, id: row.id }.cursor());
    let items = rows.items.into_iter().map(|(_, row, role)| views::group_view((row, Some(role))));
    Ok(Page { items: items.collect::<Result<_>>()?, next: rows.next })
}

/// The group's members, by when they joined.
pub(crate) async fn members(
    conn: &mut Conn,
    group: GroupId,
    after: Place,
    limit: Limit,
) -> Result<Page<Member>> {
    let rows: Vec<(MemberRow, UserRow)> = members::table
        .inner_join(users::table.on(users::id.eq(members::user_id)))
        .filter(members::conversation_id.eq(Id::from(group)))
        .filter(members::removed.eq(false))
        .filter(members::joined_at.ge(after.at))
        .filter(members::joined_at.gt(after.at).or(members::user_id.gt(after.id)))
        .order((members::joined_at, members::user_id))
        .limit(one_more(limit))
        .select((MemberRow::as_select(), UserRow::as_select()))
        .load(conn)
        .await?;
    let rows = Page::cut(rows, limit, |(row, _)| Place { at: row.joined_at, id: row.user_id }.cursor());
    let items = rows.items.into_iter().map(|(row, user)| row.member(user.try_into()?));
    Ok(Page { items: items.collect::<Result<_, Error>>()?, next: rows.next })
}
