//! chatchat from the outside: contract suites of the ports, end-to-end tests over real sockets.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod e2e;
#[cfg(test)]
mod process;
