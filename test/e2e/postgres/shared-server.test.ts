import '../../support/on-postgres.ts'
import '../shared-server.test.ts'
