import '../../support/on-postgres.ts'
import '../terminals.test.ts'
