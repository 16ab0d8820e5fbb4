import '../../support/on-postgres.ts'
import '../rerun.test.ts'
