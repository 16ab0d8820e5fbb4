console.log(process.eventNames(), process.listenerCount("exit"))
