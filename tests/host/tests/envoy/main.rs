//! The filter in a host where everything can go wrong at any call. Tests say what clients and services behind see, not
//! which calls the filter makes.

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod edge;
#[cfg(test)]
mod etcd;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod sharing;
