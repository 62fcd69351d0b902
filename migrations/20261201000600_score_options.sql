-- What explains a result further. Of a growth that asks for a smallest base: the customer's own base, and, the same for all of
-- a run, the base that was asked for, both in the base currency and in the order of the version's factors. Of equal scores at
-- the border of two grades: the customer's place among them by external id, from 1, and how many they are.
--
-- factor_missing may also be 9: the base is too small. Results and runs from before have none of this: null.
alter table grading_results
    add column factor_bases numeric[],
    add column tie_place    int,
    add column tie_size     int;
alter table grading_runs add column min_bases numeric[];
