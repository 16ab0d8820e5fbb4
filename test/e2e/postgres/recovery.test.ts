import '../../support/on-postgres.ts'
import '../recovery.test.ts'
