//! A demonstration: a plausible seller of industrial goods.
