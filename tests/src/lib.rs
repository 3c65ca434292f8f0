//! chatchat from the outside.

#[cfg(test)]
mod e2e;
