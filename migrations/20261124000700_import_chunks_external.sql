-- Pieces of uploads are written once, read twice and deleted: packing and unpacking them costs more than the room.
alter table import_chunks alter column data set storage external;
