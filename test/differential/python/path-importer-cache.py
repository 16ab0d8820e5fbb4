import sys
print(sorted((k, v is None) for k, v in sys.path_importer_cache.items()))
print(sys.path_hooks.__len__(), sys.meta_path)
