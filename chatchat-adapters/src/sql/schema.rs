//! The tables, the same on every engine. What each column means stands in the migrations.

diesel::table! {
    users (id) {
        id -> Binary,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        name -> Text,
        folded_name -> Text,
        folded_length -> BigInt,
        bio -> Text,
        avatar -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        rev -> BigInt,
        created_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        suspended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    user_terms (term, user_id) {
        term -> Text,
        user_id -> Binary,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        user_id -> Binary,
        device -> Nullable<Text>,
        ip -> Text,
        refresh_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        rotated_at -> Nullable<BigInt>,
        rotated_ip -> Nullable<Text>,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    identities (provider, subject) {
        provider -> Text,
        subject -> Text,
        user_id -> Binary,
        name -> Nullable<Text>,
        email -> Nullable<Text>,
        bound_at -> BigInt,
    }
}

diesel::table! {
    friend_requests (id) {
        id -> Binary,
        from_id -> Binary,
        to_id -> Binary,
        note -> Text,
        status -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    friendships (user_id, friend_id) {
        user_id -> Binary,
        friend_id -> Binary,
        since -> BigInt,
        remark -> Nullable<Text>,
    }
}

diesel::table! {
    blocks (user_id, blocked_id) {
        user_id -> Binary,
        blocked_id -> Binary,
        since -> BigInt,
    }
}

diesel::table! {
    join_requests (id) {
        id -> Binary,
        group_id -> Binary,
        user_id -> Binary,
        status -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    conversations (id) {
        id -> Binary,
        kind -> Text,
        last_seq -> BigInt,
        rev -> BigInt,
        counted -> BigInt,
        last_activity_at -> BigInt,
        closed -> Bool,
        deleted -> Bool,
    }
}

diesel::table! {
    groups (id) {
        id -> Binary,
        name -> Text,
        folded_name -> Text,
        folded_length -> BigInt,
        description -> Text,
        owner_id -> Binary,
        join_policy -> Text,
        history -> Text,
        member_count -> BigInt,
        rev -> BigInt,
        created_at -> BigInt,
        avatar -> Nullable<Text>,
    }
}

diesel::table! {
    group_terms (term, group_id) {
        term -> Text,
        group_id -> Binary,
    }
}

diesel::table! {
    members (conversation_id, user_id) {
        conversation_id -> Binary,
        user_id -> Binary,
        role -> Text,
        floor -> BigInt,
        read_seq -> BigInt,
        read_counted -> BigInt,
        joined_at -> BigInt,
        rev -> BigInt,
        removed -> Bool,
        muted_until -> Nullable<BigInt>,
        muted -> Bool,
        pinned -> Bool,
    }
}

diesel::table! {
    messages (conversation_id, seq) {
        conversation_id -> Binary,
        seq -> BigInt,
        rev -> BigInt,
        counted -> BigInt,
        sender_id -> Nullable<Binary>,
        client_id -> Nullable<Text>,
        fingerprint -> Nullable<Binary>,
        kind -> Text,
        body -> Text,
        created_at -> BigInt,
        reply_to -> Nullable<BigInt>,
        mentions -> Nullable<Binary>,
    }
}

diesel::table! {
    message_changes (conversation_id, seq) {
        conversation_id -> Binary,
        seq -> BigInt,
        rev -> BigInt,
        edited_at -> Nullable<BigInt>,
        recalled_at -> Nullable<BigInt>,
        reactions -> Nullable<Text>,
    }
}

diesel::table! {
    message_signatures (conversation_id, block) {
        conversation_id -> Binary,
        block -> BigInt,
        bits -> Binary,
    }
}

diesel::table! {
    mentions (conversation_id, user_id, seq) {
        conversation_id -> Binary,
        user_id -> Binary,
        seq -> BigInt,
    }
}

diesel::table! {
    reactions (conversation_id, seq, emoji, user_id) {
        conversation_id -> Binary,
        seq -> BigInt,
        emoji -> Text,
        user_id -> Binary,
        reacted_at -> BigInt,
    }
}

diesel::table! {
    attachments (id) {
        id -> Binary,
        uploader_id -> Binary,
        name -> Text,
        size -> BigInt,
        content_type -> Text,
        width -> Nullable<BigInt>,
        height -> Nullable<BigInt>,
        object -> Text,
        thumbnail -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    attachment_uses (attachment_id, conversation_id, seq) {
        attachment_id -> Binary,
        conversation_id -> Binary,
        seq -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Binary,
        kind -> Text,
        payload -> Text,
        created_at -> BigInt,
        due_at -> BigInt,
        attempts -> BigInt,
        last_error -> Nullable<Text>,
        dead -> Bool,
    }
}

diesel::table! {
    provider_accounts (id) {
        id -> Binary,
        username -> Text,
        username_key -> Text,
        name -> Text,
        email -> Nullable<Text>,
        password_hash -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    provider_grants (id) {
        id -> Binary,
        account_id -> Binary,
        client_id -> Text,
        scope -> Text,
        nonce -> Nullable<Text>,
        authenticated_at -> BigInt,
        code_hash -> Nullable<Binary>,
        code_used -> Bool,
        code_expires_at -> BigInt,
        redirect_uri -> Text,
        redirect_uri_given -> Bool,
        challenge -> Nullable<Binary>,
        refresh_hash -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    provider_tokens (hash) {
        hash -> Binary,
        grant_id -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> Binary,
        at -> BigInt,
        operator -> Text,
        action -> Text,
        subject -> Nullable<Text>,
        detail -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    user_terms,
    sessions,
    identities,
    friend_requests,
    friendships,
    blocks,
    join_requests,
    conversations,
    groups,
    group_terms,
    members,
    messages,
    message_changes,
    message_signatures,
    mentions,
    reactions,
    attachments,
    attachment_uses,
    outbox,
    audit,
    provider_accounts,
    provider_grants,
    provider_tokens,
);
