//! Bulk load: rows in the binary format of COPY, the fastest way into a table.
//!
//! Postgres converts nothing in this format: a value must be encoded in exactly the type of its column, so the types
//! are given and each value is checked against its own.

use std::error::Error;

use bytes::{BufMut, Bytes, BytesMut};
use postgres_types::{IsNull, ToSql, Type};
use sqlx::postgres::PgConnection;

/// Rows are sent whenever this many bytes have gathered.
const SEND_AT: usize = 64 * 1024;
/// Signature, flags and length of the header's extension, as the manual of COPY has them.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Marks the end where a row's number of fields would stand; also the length of a null.
const MINUS_ONE_16: i16 = -1;
const NULL: i32 = -1;

/// Why rows could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A row with another number of values than there are columns.
    #[error("a row of {found} values for {expected} columns")]
    FieldCount {
        /// The number of columns.
        expected: usize,
        /// The number of values.
        found: usize,
    },
    /// A value that cannot be encoded in the type of its column.
    #[error("column {column} ({column_type}): {source}")]
    Encode {
        /// The column's index from 0.
        column: usize,
        /// The column's type.
        column_type: Type,
        /// What is wrong with the value.
        source: Box<dyn Error + Sync + Send>,
    },
    /// The statement failed, or the connection.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<CopyError> for crate::error::Error {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Database(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

/// Rows in the binary format of COPY. It begins with the header; [`finish`](Self::finish) adds the trailer.
#[derive(Debug)]
pub struct CopyBuffer {
    types: Vec<Type>,
    bytes: BytesMut,
}

impl CopyBuffer {
    /// For a table or column list of these types, in this order.
    pub fn new(types: &[Type]) -> Self {
        let mut bytes = BytesMut::with_capacity(SEND_AT + SEND_AT / 4);
        bytes.put_slice(HEADER);
        Self { types: types.to_vec(), bytes }
    }

    /// Adds a row. After an error nothing of it is in the buffer.
    pub fn write_row(&mut self, row: &[&(dyn ToSql + Sync)]) -> Result<(), CopyError> {
        let start = self.bytes.len();
        let written = self.try_write(row);
        if written.is_err() {
            self.bytes.truncate(start);
        }
        written
    }

    fn try_write(&mut self, row: &[&(dyn ToSql + Sync)]) -> Result<(), CopyError> {
        let wrong_count = || CopyError::FieldCount { expected: self.types.len(), found: row.len() };
        if row.len() != self.types.len() {
            return Err(wrong_count());
        }
        self.bytes.put_i16(i16::try_from(row.len()).map_err(|_| wrong_count())?);
        for (column, (value, column_type)) in row.iter().zip(&self.types).enumerate() {
            write_field(*value, column_type, &mut self.bytes).map_err(|source| CopyError::Encode {
                column,
                column_type: column_type.clone(),
                source,
            })?;
        }
        Ok(())
    }

    /// Bytes gathered since the last [`take`](Self::take).
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing has gathered.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes what has gathered; writing may go on.
    pub fn take(&mut self) -> Bytes {
        self.bytes.split().freeze()
    }

    /// Adds the trailer and takes what has gathered.
    pub fn finish(mut self) -> Bytes {
        self.bytes.put_i16(MINUS_ONE_16);
        self.take()
    }
}

/// A field is its length, then its value; the length is known only afterwards.
fn write_field(
    value: &(dyn ToSql + Sync),
    column_type: &Type,
    out: &mut BytesMut,
) -> Result<(), Box<dyn Error + Sync + Send>> {
    let at = out.len();
    out.put_i32(NULL);
    if let IsNull::No = value.to_sql_checked(column_type, out)? {
        let length = i32::try_from(out.len() - at - 4)?;
        out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// Runs `statement`, which must be a `COPY … FROM STDIN (FORMAT BINARY)`, with all `rows`, and answers how many rows
/// the server took. `encode` writes one row. On an error the server is told to forget the rows; the transaction around
/// is then failed, as after any error.
pub async fn copy_in<T>(
    connection: &mut PgConnection,
    statement: &str,
    types: &[Type],
    rows: impl IntoIterator<Item = T>,
    encode: impl Fn(&T, &mut CopyBuffer) -> Result<(), CopyError>,
) -> Result<u64, CopyError> {
    let mut sink = connection.copy_in_raw(statement).await?;
    let mut buffer = CopyBuffer::new(types);
    for row in rows {
        if let Err(error) = encode(&row, &mut buffer) {
            sink.abort("a row could not be encoded").await?;
            return Err(error);
        }
        if buffer.len() >= SEND_AT {
            sink.send(buffer.take()).await?;
        }
    }
    sink.send(buffer.finish()).await?;
    Ok(sink.finish().await?)
}

/// Runs `statement`, as of [`copy_in`], with rows that a [`CopyBuffer`] has made, and answers how many the server took.
pub async fn copy_bytes(connection: &mut PgConnection, statement: &str, rows: Bytes) -> Result<u64, sqlx::Error> {
    let mut sink = connection.copy_in_raw(statement).await?;
    let mut left = rows;
    while !left.is_empty() {
        sink.send(left.split_to(left.len().min(SEND_AT))).await?;
    }
    sink.finish().await
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn row(types: &[Type], values: &[&(dyn ToSql + Sync)]) -> Vec<u8> {
        let mut buffer = CopyBuffer::new(types);
        assert_eq!(&buffer.take()[..], b"PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00");
        buffer.write_row(values).unwrap();
        buffer.take().to_vec()
    }

    #[test]
    fn an_empty_copy_is_header_and_trailer() {
        let bytes = CopyBuffer::new(&[Type::INT4]).finish();
        assert_eq!(bytes.len(), 21);
        assert_eq!(&bytes[19..], [0xff, 0xff]);
    }

    #[test]
    fn fields_are_length_and_value_and_null_is_minus_one() {
        let bytes = row(
            &[Type::INT4, Type::TEXT, Type::BOOL, Type::INT8, Type::TEXT],
            &[&7_i32, &"é", &true, &None::<i64>, &Some("x".to_owned())],
        );
        let expected = [
            &[0, 5][..],
            &[0, 0, 0, 4, 0, 0, 0, 7],
            &[0, 0, 0, 2, 0xc3, 0xa9],
            &[0, 0, 0, 1, 1],
            &[0xff, 0xff, 0xff, 0xff],
            &[0, 0, 0, 1, b'x'],
        ]
        .concat();
        assert_eq!(bytes, expected);
    }

    #[test]
    fn days_count_from_2000_and_decimals_are_groups_of_four_digits() {
        let day = NaiveDate::from_ymd_opt(2000, 1, 3).unwrap();
        let amount: Decimal = "-3950.1234".parse().unwrap();
        let bytes = row(&[Type::DATE, Type::NUMERIC], &[&day, &amount]);
        let expected = [
            &[0, 2][..],
            &[0, 0, 0, 4, 0, 0, 0, 2],
            // Two groups, the first of weight 0, negative, 4 places: 3950 and 1234.
            &[0, 0, 0, 12, 0, 2, 0, 0, 0x40, 0, 0, 4, 0x0f, 0x6e, 0x04, 0xd2],
        ]
        .concat();
        assert_eq!(bytes, expected);
    }

    #[test]
    fn ids_are_sixteen_bytes_and_jsonb_has_a_version() {
        let bytes = row(&[Type::UUID, Type::JSONB], &[&Uuid::from_u128(1), &json!({"a": 1})]);
        let id: Vec<u8> = std::iter::repeat_n(0, 15).chain([1]).collect();
        let expected = [&[0, 2, 0, 0, 0, 16][..], &id, &[0, 0, 0, 8, 1], br#"{"a":1}"#].concat();
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_wrong_row_leaves_nothing_behind() {
        let mut buffer = CopyBuffer::new(&[Type::INT4, Type::UUID]);
        let before = buffer.len();
        let error = buffer.write_row(&[&1_i32, &"text"]).unwrap_err();
        assert!(matches!(error, CopyError::Encode { column: 1, .. }));
        let error = buffer.write_row(&[&1_i32]).unwrap_err();
        assert!(matches!(error, CopyError::FieldCount { expected: 2, found: 1 }));
        assert!(buffer.write_row(&[&1_i64, &Uuid::nil()]).is_err());
        assert_eq!(buffer.len(), before);
    }

    proptest! {
        #[test]
        fn decimals_come_back_to_the_digit(mantissa: i64, places in 0_u32..=12) {
            use postgres_types::FromSql;
            let value = Decimal::new(mantissa, places);
            let bytes = row(&[Type::NUMERIC], &[&value]);
            let back = Decimal::from_sql(&Type::NUMERIC, &bytes[6..]).unwrap();
            prop_assert_eq!(back, value);
        }
    }
}
