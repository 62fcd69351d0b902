//! Work on a book on all processors.

use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// So few customers are done by one thread.
const FEW: usize = 2_000;

/// Does the places below `count` in as many pieces as there are processors, and puts what comes of them one behind the
/// other: neither their number nor who is first changes anything.
pub(super) fn in_pieces<T: Send>(count: usize, work: impl Fn(Range<usize>) -> Vec<T> + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let piece = count.div_ceil(threads).max(FEW);
    let work = |start: usize| work(start..count.min(start + piece));
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (piece..count).step_by(piece).map(|start| scope.spawn(move || work(start))).collect();
        let mut all = work(0);
        for other in others {
            // A thread that panics has nothing to say; its customers would be missing, so the panic goes on.
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    })
}
