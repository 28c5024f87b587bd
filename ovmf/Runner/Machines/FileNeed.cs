// Files of a package that a machine needs: the first set that is complete fills the placeholders of the same names.

using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Machines;

internal sealed record FileNeed(string Package, IReadOnlyList<IReadOnlyDictionary<string, string>> Sets)
{
    private string FirstMissing => Sets[0].Values.First(file => !File.Exists(file));

    public IReadOnlyDictionary<string, string> Find() =>
        Sets.FirstOrDefault(set => set.Values.All(File.Exists)) ??
            throw new SetUpException($"{FirstMissing} is missing; run: apt-get install {Package}");
}
