import '../../support/on-postgres.ts'
import '../attach.test.ts'
