"""Who may do what on the cluster: no service, but what lets the services be apart.

``grants`` derives it from registry and catalogue and compares, pure; ``secrets``
keeps passwords in files; ``cluster`` asks and changes the cluster.
"""
