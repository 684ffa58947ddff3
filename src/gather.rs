//! Lists made of what iterators give, which take little code.
//!
//! `collect` has for each iterator code of its own to take the first, to guess how long the list gets and to make room, and
//! one more iterator where what is given can fail. In the filter that was 13 KB.

/// Makes lists.
pub(crate) trait Gather: Iterator + Sized {
    /// As `collect` into a list.
    fn gather(self) -> Vec<Self::Item> {
        let mut list = Vec::with_capacity(self.size_hint().0);
        for item in self {
            list.push(item);
        }
        list
    }

    /// As `collect` into a `Result` with a list: up to the first error.
    fn try_gather<T, E>(self) -> Result<Vec<T>, E>
    where
        Self: Iterator<Item = Result<T, E>>,
    {
        let mut list = Vec::new();
        for item in self {
            list.push(item?);
        }
        Ok(list)
    }
}

impl<I: Iterator> Gather for I {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_those_that_collect_makes() {
        let even = |n: &u8| n.is_multiple_of(2);
        assert_eq!((0..9).filter(even).gather(), [0, 2, 4, 6, 8]);
        assert_eq!((0..0).gather(), [0; 0]);
        assert_eq!([Ok(1), Ok(2)].into_iter().try_gather(), Ok::<_, ()>(vec![1, 2]));
    }

    #[test]
    fn nothing_is_asked_for_behind_an_error() {
        let mut given = [Ok(1), Err("first"), Ok(2), Err("second")].into_iter();
        assert_eq!(given.by_ref().try_gather(), Err("first"));
        assert_eq!(given.next(), Some(Ok(2)));
    }
}
