console.log(Intl.DateTimeFormat().resolvedOptions(), (1234567.891).toLocaleString(), new Date(0).toString(), ["ö", "a", "z"].sort(Intl.Collator().compare))
