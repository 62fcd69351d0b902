//! Books that are held in memory between one trial and the next, so that a scale can be tried while somebody drags a slider.
//!
//! **What is held is true or not used.** A book is found by tenant, month, selection, scale (whose ratings it may hold) and
//! the version of the tenant's data ([`store::data_version`]), which every question asks anew: whoever writes what a book
//! is made of changes the version in the same transaction, so that no question that begins after the commit finds the old
//! book. Books of an older version of a tenant are dropped when a newer one is asked for.
//!
//! **What is held is bounded.** All books together take at most so many bytes; those asked for least recently go first.
//! **So is what is loaded:** a book that would take more by itself is refused before anything of it is read, two are loaded
//! at a time, and each once however many ask for it.
//!
//! **Who may see what** is not decided here: a book holds everyone of its selection, because shares, ranks and quotas are
//! among all. [`HeldBook::visible_to`] is asked before anything is counted or shown.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OnceCell, Semaphore};

use crate::error::{Error, FieldProblem, Result};
use crate::grading::Selection;
use crate::grading::held_book::{Columns, HeldBook};
use crate::grading::store;
use crate::grading::trial::Trial;
use crate::scales::{Problem, ScaleDefinition};
use crate::tenancy::{TenantDb, TenantTx};
use crate::values::{Month, ScaleId, TenantId};

/// Trials at a time: each takes all processors.
const TRIALS: usize = 2;
/// Books that are loaded at a time: each may take as much as all that are held.
const LOADS: usize = 2;

/// The books of a process.
#[derive(Clone)]
pub struct HeldBooks(Arc<Inner>);

struct Inner {
    most_bytes: usize,
    /// The one asked for last at the end.
    shelf: Mutex<Vec<Arc<Place>>>,
    turns: Semaphore,
    loads: Semaphore,
}

/// Which book is wanted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) scale: ScaleId,
    pub(super) as_of: Month,
    pub(super) selection: Selection,
    pub(super) columns: Columns,
}

struct Place {
    tenant: TenantId,
    version: String,
    wanted: Wanted,
    book: OnceCell<Arc<HeldBook>>,
    /// The version that is compared with: it stays the same from one position of a slider to the next.
    compared: Mutex<Option<Arc<Trial>>>,
}

/// A book in use, with what was last tried on it.
#[derive(Clone)]
pub(super) struct BookInUse {
    books: HeldBooks,
    place: Arc<Place>,
    book: Arc<HeldBook>,
}

impl Default for HeldBooks {
    /// 256 MiB.
    fn default() -> Self {
        Self::new(256 * 1024 * 1024)
    }
}

impl HeldBooks {
    /// At most so many bytes.
    pub fn new(most_bytes: usize) -> Self {
        let (turns, loads) = (Semaphore::new(TRIALS), Semaphore::new(LOADS));
        Self(Arc::new(Inner { most_bytes, shelf: Mutex::default(), turns, loads }))
    }

    /// How many books are held, and about how many bytes they take.
    pub fn held(&self) -> (usize, usize) {
        let shelf = lock(&self.0.shelf);
        (shelf.len(), shelf.iter().map(|place| place.size()).sum())
    }

    /// The book, from memory where it is there and true, else loaded. The caller has checked the permission; the tenant is
    /// that of `tx`. One that would take more than all books may is `invalid_input`.
    pub(super) async fn get(&self, tx: &TenantTx, db: &TenantDb, wanted: Wanted) -> Result<BookInUse> {
        let version = store::data_version(tx).await?;
        let place = self.place(tx.tenant(), version, wanted);
        let load = async || -> Result<Arc<HeldBook>> {
            let Wanted { scale, as_of, selection, columns } = &place.wanted;
            let _turn = self.0.loads.acquire().await.map_err(Error::internal)?;
            // Everyone's: a salesperson's own transaction would show shares and ranks among own customers. It sees one state.
            let whole = db.export(&tx.actor().seeing_everyone()).await?;
            let most = self.0.most_bytes;
            Ok(Arc::new(store::load_book(&whole, columns, (*scale, *as_of), selection, most).await?))
        };
        let loaded = place.book.get_or_try_init(load).await.cloned();
        if loaded.is_err() {
            self.forget(&place);
        }
        self.make_room();
        Ok(BookInUse { books: self.clone(), book: loaded?, place })
    }

    /// Gives up the place of a book that could not be loaded. Who waits for it goes on trying by itself.
    fn forget(&self, place: &Arc<Place>) {
        lock(&self.0.shelf).retain(|kept| !Arc::ptr_eq(kept, place) || kept.book.initialized());
    }

    fn place(&self, tenant: TenantId, version: String, wanted: Wanted) -> Arc<Place> {
        let mut shelf = lock(&self.0.shelf);
        shelf.retain(|place| place.tenant != tenant || place.version == version);
        let place = match shelf.iter().position(|place| place.serves(tenant, &wanted)) {
            Some(found) => shelf.remove(found),
            None => Arc::new(Place { tenant, version, wanted, book: OnceCell::new(), compared: Mutex::default() }),
        };
        shelf.push(place.clone());
        place
    }

    fn make_room(&self) {
        let mut shelf = lock(&self.0.shelf);
        let mut room = self.0.most_bytes;
        let mut kept: Vec<Arc<Place>> = Vec::new();
        for place in shelf.drain(..).rev() {
            let size = place.size();
            if size <= room {
                room -= size;
                kept.push(place);
            }
        }
        kept.reverse();
        *shelf = kept;
    }
}

impl Place {
    fn serves(&self, tenant: TenantId, wanted: &Wanted) -> bool {
        let held = &self.wanted;
        self.tenant == tenant
            && (held.scale, held.as_of) == (wanted.scale, wanted.as_of)
            && held.selection == wanted.selection
            && held.columns.cover(&wanted.columns)
    }

    fn size(&self) -> usize {
        self.book.get().map_or(0, |book| book.size())
    }
}

impl BookInUse {
    /// Works on the book off the async threads, a few at a time.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&HeldBook) -> T + Send + 'static,
    ) -> Result<T> {
        let _turn = self.books.0.turns.acquire().await.map_err(Error::internal)?;
        let book = self.book.clone();
        tokio::task::spawn_blocking(move || work(&book)).await.map_err(Error::internal)
    }

    /// Tries a definition; its problems stand under `at`.
    pub(super) async fn tried(&self, definition: ScaleDefinition, at: &str) -> Result<Arc<Trial>> {
        let trial = self.work(move |book| Trial::new(&definition, book)).await?;
        trial.map(Arc::new).map_err(|problems| refused(problems, at))
    }

    /// The same for the version that is compared with, which is kept for the next time.
    pub(super) async fn compared(&self, definition: ScaleDefinition) -> Result<Arc<Trial>> {
        let kept = lock(&self.place.compared).clone();
        if let Some(kept) = kept.filter(|kept| *kept.definition() == definition) {
            return Ok(kept);
        }
        let trial = self.tried(definition, "/version").await?;
        *lock(&self.place.compared) = Some(trial.clone());
        Ok(trial)
    }
}

fn refused(problems: Vec<Problem>, at: &str) -> Error {
    Error::invalid(problems.into_iter().map(FieldProblem::from).collect()).under(at)
}

/// What a lock guards is whole at every step, whoever panicked with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for HeldBooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldBooks").field("most_bytes", &self.0.most_bytes).finish_non_exhaustive()
    }
}
