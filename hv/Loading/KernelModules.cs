// Files that a multiboot kernel is given beside its initial RAM disk: GNU Mach's servers, Xen's kernel of the first
// domain. Each has a string, which begins with the name of the file, as the kernel's makers know it from GRUB Legacy:
// those that want arguments only skip a word if the loader's name is not GRUB 2's.
using System.Diagnostics.CodeAnalysis;

namespace MinusOne.Hv.Loading;

internal unsafe struct KernelModules
{
    public const int Most = 8;

    public int Count { readonly get; private set; }

    private ModuleArray _modules;

    [UnscopedRef]
    public readonly ref readonly KernelModule this[int index] => ref _modules[index];

    // False: there are too many already.
    public bool TryAdd(in KernelModule module)
    {
        if (Count == Most)
        {
            return false;
        }

        _modules[Count] = module;
        Count++;
        return true;
    }

    [InlineArray(Most)]
    private struct ModuleArray
    {
        private KernelModule _first;
    }
}

internal readonly struct KernelModule(FileBytes file, FileBytes text)
{
    private const ulong PageMask = 0xFFF;

    public readonly FileBytes File = file;
    public readonly FileBytes Text = text;

    // The page behind it, for the next one.
    public Gpa Behind(Gpa start) => new((start.Value + File.Length + PageMask) & ~PageMask);
}
