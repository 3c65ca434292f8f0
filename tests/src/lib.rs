//! chatchat from the outside.

#[cfg(test)]
mod contract;
