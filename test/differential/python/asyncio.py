import asyncio

async def main():
    await asyncio.sleep(0)
    print(await asyncio.gather(*[asyncio.sleep(0, i) for i in range(5)]))
    asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0.01)

async def fail():
    raise ValueError("never retrieved")

asyncio.run(main())
