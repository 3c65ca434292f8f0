use std::collections::BTreeSet;

use url::Url;

/// How a module says that it needs another before it can run.
const IMPORTS: [&str; 2] = ["from '", "import '"];

/// The modules that `entries` need before they can run: what they import, what that imports, and so on, with themselves.
pub(super) fn needed<'a>(entries: &[&str], source: impl Fn(&str) -> Option<&'a str>) -> BTreeSet<String> {
    let mut waiting: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
    let mut needed = BTreeSet::new();
    while let Some(module) = waiting.pop() {
        if let Some(source) = source(&module)
            && needed.insert(module.clone())
        {
            waiting.extend(imported(source).filter_map(|name| resolved(&module, name)));
        }
    }
    needed
}

fn imported(source: &str) -> impl Iterator<Item = &str> {
    IMPORTS
        .iter()
        .flat_map(|import| source.split(import).skip(1))
        .filter_map(|rest| rest.split('\'').next())
        .filter(|name| name.starts_with('.'))
}

/// The path that `name` means in the module at `path`.
fn resolved(path: &str, name: &str) -> Option<String> {
    let base = Url::parse("http://site/").ok()?.join(path).ok()?;
    base.join(name).ok()?.path().strip_prefix('/').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_imported_is_followed_to_its_end() {
        let source = |path: &str| match path {
            "app/main.js" => {
                Some("import { a } from './a.js';\nimport '../lib.js';\nawait import('./late.js');")
            }
            "app/a.js" => {
                Some("export { b } from '../lib.js';\nimport './main.js';\nimport x from './gone.js';")
            }
            "lib.js" | "app/late.js" => Some(""),
            _ => None,
        };
        let needed: Vec<String> = needed(&["app/main.js"], source).into_iter().collect();
        assert_eq!(needed, ["app/a.js", "app/main.js", "lib.js"]);
    }
}
