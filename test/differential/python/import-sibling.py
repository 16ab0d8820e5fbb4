import helper, package.inner
print(helper.value, helper.__file__, package.inner.value, package.__path__)
