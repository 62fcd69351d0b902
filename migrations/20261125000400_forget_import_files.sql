-- The file of an import, and what of it waits, go in the transaction in which its job ends, whoever ends it: the job
-- itself, somebody who cancels it, or a worker that gives it up. It runs with the rights of that transaction.
create function forget_import_file() returns trigger language plpgsql as $$
begin
    delete from import_chunks c using imports i
    where c.tenant_id = new.tenant_id and i.tenant_id = new.tenant_id and i.job_id = new.id and c.import_id = i.id;
    delete from import_parents p using imports i
    where p.tenant_id = new.tenant_id and i.tenant_id = new.tenant_id and i.job_id = new.id and p.import_id = i.id;
    return null;
end
$$;
create index imports_by_job on imports (tenant_id, job_id);
create trigger forget_import_file after update of state on jobs for each row
    when (new.kind = 'import' and new.state in ('completed', 'failed', 'cancelled'))
    execute function forget_import_file();
