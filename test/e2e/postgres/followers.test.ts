import '../../support/on-postgres.ts'
import '../followers.test.ts'
