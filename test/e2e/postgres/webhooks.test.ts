import '../../support/on-postgres.ts'
import '../webhooks.test.ts'
