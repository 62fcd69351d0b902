-- An import that was only tried: its counts and errors are what the real one would have, and nothing of it is in.
alter table imports add column dry_run boolean not null default false;
