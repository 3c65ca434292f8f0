use super::{OpenError, StackOptions, database, mail, objects, providers, shared};

/// Something that a service needs, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The setting that names it.
    pub setting: &'static str,
    /// What it is, or why it cannot be used.
    pub found: Result<String, OpenError>,
}

/// Whether everything that a service with these settings needs answers, and lets us in. Does not start it: neither
/// tables nor keys are made.
pub async fn check(options: &StackOptions) -> Vec<Dependency> {
    let (database, shared, mail, objects, providers) = tokio::join!(
        database::look_at(&options.database),
        shared::look_at(&options.shared),
        mail::look_at(&options.mail),
        objects::look_at(&options.objects),
        providers::look_at(&options.providers),
    );
    [
        ("database.url", database),
        ("redis.url", shared),
        ("mail.url", mail),
        ("storage.url", objects),
        ("providers", providers),
    ]
    .map(|(setting, found)| Dependency { setting, found })
    .into()
}
