//! An answer that is a file of any size, written by a blocking thread from pieces that come one after the other.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ContentEncoding, VARY};
use actix_web::{HttpResponse, rt};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::spool::{Spool, spool};
use crate::error::{Error, Result};

/// What a client is told of a file.
#[derive(Clone, Debug)]
pub struct Download {
    /// The file's name, in ASCII.
    pub file_name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Whether all of it is written before the answer begins, so that the status tells whether that went well.
    pub is_written_first: bool,
    /// Whether compressing it again is of no use.
    pub is_compressed: bool,
}

/// A piece on its way to the writer.
enum Message<P> {
    Piece(P),
    End,
    Failed(Error),
}

/// The pieces, as the writer takes them.
pub struct Pieces<P>(mpsc::Receiver<Message<P>>);

impl<P> Pieces<P> {
    /// The next piece; `None` at the end. It blocks.
    ///
    /// # Errors
    /// The one that the pieces end with; `internal` where nobody reads the file any more.
    pub(super) fn next(&mut self, spool: &Spool) -> Result<Option<P>> {
        match self.0.blocking_recv() {
            Some(Message::Piece(piece)) if !spool.is_abandoned() => Ok(Some(piece)),
            Some(Message::End) => Ok(None),
            Some(Message::Failed(error)) => Err(error),
            Some(Message::Piece(_)) | None => Err(Error::internal("the export was given up")),
        }
    }
}

impl Download {
    /// Sends what `write` makes of the pieces that `next` gives until it gives none. The first piece is asked for before
    /// the answer begins, so that the status tells its errors; an answer that fails later breaks off.
    ///
    /// # Errors
    /// Those of the first piece, and of the writer where all of it is written first.
    pub(super) async fn send<P: Send + 'static>(
        self,
        mut next: impl AsyncFnMut() -> Result<Option<P>> + 'static,
        write: impl FnOnce(Pieces<P>, &Spool) -> Result<()> + Send + 'static,
    ) -> Result<HttpResponse> {
        let first = next().await?;
        let (spool, mut reader) = spool()?;
        let (pieces, taken) = mpsc::channel(1);
        spawn_blocking(move || {
            let outcome = write(Pieces(taken), &spool);
            spool.end(outcome);
        });
        rt::spawn(async move {
            let mut piece: Result<Option<P>> = Ok(first);
            loop {
                let (message, is_last) = match piece {
                    Ok(Some(piece)) => (Message::Piece(piece), false),
                    Ok(None) => (Message::End, true),
                    Err(error) => {
                        tracing::error!(%error, cause = ?error.cause(), "an export broke off");
                        (Message::Failed(error), true)
                    }
                };
                // Where nobody takes it, the writer has ended, and says why.
                if pieces.send(message).await.is_err() || is_last {
                    return;
                }
                piece = next().await;
            }
        });
        if self.is_written_first {
            reader.completed().await?;
        }
        let mut answer = HttpResponse::Ok();
        answer
            .insert_header((CONTENT_TYPE, self.content_type))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.file_name)))
            .insert_header((VARY, "Accept"));
        if self.is_compressed {
            answer.insert_header(ContentEncoding::Identity);
        }
        Ok(answer.streaming(reader.into_stream()))
    }
}
