import '../../support/on-postgres.ts'
import '../limits.test.ts'
