//! chatchat from the outside: contract suites of the ports, what is peculiar to one adapter,
//! end-to-end tests over real sockets, the web client in real browsers, several nodes of one service and what becomes of them when something is away.

#[cfg(test)]
mod adapters;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod e2e;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod process;
#[cfg(test)]
mod services;
