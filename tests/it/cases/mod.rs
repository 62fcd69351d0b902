//! Small inputs that went wrong once, each with the outcome that is right, and siblings of its kind.
