// To be imported before a file of tests: its servers then keep their runs in a database instead of a file.
process.env.TEST_SHAPE = 'postgres'
